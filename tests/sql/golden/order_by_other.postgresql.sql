SELECT concat_ws(' ', c.rev, c.created, c.modified, c.bytes, c.version), c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM (SELECT i.id, o.v1 AS s1 FROM soda_i_11 i CROSS JOIN soda_i_12 o WHERE o.id = i.id AND i.v1 = ? ORDER BY o.v1 DESC, i.id LIMIT ?) k CROSS JOIN soda_c_7 c WHERE c.id = k.id ORDER BY k.s1 DESC, k.id
-- 1: "=red"
-- 2: 101
-- exact
