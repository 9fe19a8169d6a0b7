SELECT concat_ws(' ', c.rev, c.created, c.modified, c.bytes, c.version), c.id FROM (SELECT * FROM (SELECT c.* FROM soda_c_7 c ORDER BY c.id LIMIT 128) c ORDER BY c.id LIMIT ? OFFSET ?) c ORDER BY c.id
-- 1: 26
-- 2: 50
-- exact
