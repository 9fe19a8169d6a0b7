SELECT c.rev || ' ' || c.created || ' ' || c.modified || ' ' || c.bytes || ' ' || c.version, c.id FROM soda_c_7 c ORDER BY c.id LIMIT ? OFFSET ?
-- 1: 26
-- 2: 50
-- exact
