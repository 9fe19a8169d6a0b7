SELECT concat_ws(' ', c.rev, c.created, c.modified, c.bytes, c.version), c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_i_11 i CROSS JOIN soda_c_7 c WHERE c.id = i.id AND i.v1 = (SELECT ?) AND i.v2 = (SELECT ?) ORDER BY i.id LIMIT 101
-- 1: "=red"
-- 2: "=round"
-- exact
