SELECT concat_ws(' ', c.rev, c.created, c.modified, c.bytes, c.version), c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_i_12 i CROSS JOIN soda_c_7 c WHERE c.id = i.id AND i.v1 = ? AND EXISTS (SELECT 1 FROM soda_i_11 x WHERE x.id = i.id AND x.v1 IN (?, ?, ?, ?)) ORDER BY i.id LIMIT ?
-- 1: "=pb14"
-- 2: "=red"
-- 3: "=green"
-- 4: "=blue"
-- 5: "=blue"
-- 6: 101
-- exact
