SELECT c.rev || ' ' || c.created || ' ' || c.modified || ' ' || c.bytes || ' ' || c.version, c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM (SELECT i.id FROM soda_i_11 i WHERE i.v1 >= ? AND i.v1 < ? ORDER BY i.id LIMIT ?) k CROSS JOIN soda_c_7 c WHERE c.id = k.id ORDER BY k.id
-- 1: "=m"
-- 2: "~"
-- 3: 10
-- and the matcher
