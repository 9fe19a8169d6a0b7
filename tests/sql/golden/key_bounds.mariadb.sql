SELECT concat_ws(' ', c.rev, c.created, c.modified, c.bytes, c.version), c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_c_7 c WHERE c.id > ? AND c.id < ? ORDER BY c.id LIMIT ?
-- 1: "A"
-- 2: "D"
-- 3: 101
-- exact
