SELECT * FROM (SELECT c.id, c.rev, c.version, c.created, c.modified, c.bytes FROM soda_c_7 c ORDER BY c.id LIMIT 128) q ORDER BY q.id LIMIT ? OFFSET ?
-- 1: 26
-- 2: 50
-- exact
