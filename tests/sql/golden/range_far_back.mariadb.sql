SELECT concat_ws(' ', c.rev, c.created, c.modified, c.bytes, CASE WHEN char_length(k.s1) >= 255 THEN 1 ELSE 0 END, c.version), c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM (SELECT i.id, i.v1 AS s1 FROM soda_i_11 i WHERE i.v1 >= ? AND i.v1 < ? AND i.v1 >= coalesce((SELECT b.v1 FROM soda_i_11 b WHERE b.v1 >= ? AND b.v1 < ? ORDER BY b.v1 DESC LIMIT 1 OFFSET ?), ?) ORDER BY i.v1 DESC, i.id LIMIT ? OFFSET ?) k STRAIGHT_JOIN soda_c_7 c WHERE c.id = k.id ORDER BY k.s1 DESC, k.id
-- 1: "=m"
-- 2: "~"
-- 3: "=m"
-- 4: "~"
-- 5: 125
-- 6: ""
-- 7: 26
-- 8: 100
-- and the matcher
