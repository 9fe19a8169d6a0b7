SELECT concat_ws(' ', c.rev, c.created, c.modified, c.bytes, c.version), c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM (SELECT i.id FROM soda_i_12 i WHERE i.v1 >= (SELECT ?) AND i.v1 <= (SELECT ?) ORDER BY i.id || '' LIMIT 101) k CROSS JOIN soda_c_7 c WHERE c.id = k.id ORDER BY k.id
-- 1: "=pb21"
-- 2: "=pb22"
-- exact
