SELECT concat_ws(' ', c.rev, c.created, c.modified, c.bytes, c.version), c.id FROM (SELECT c.id, c.seq FROM soda_c_7 c ORDER BY c.id LIMIT ? OFFSET ?) k STRAIGHT_JOIN soda_c_7 c WHERE c.seq = k.seq ORDER BY k.id
-- 1: 26
-- 2: 50
-- exact
