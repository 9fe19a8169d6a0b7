SELECT concat_ws(' ', c.rev, c.created, c.modified, c.bytes, CASE WHEN char_length(i.v1) >= 255 THEN 1 ELSE 0 END, c.version), c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_i_11 i STRAIGHT_JOIN soda_c_7 c WHERE c.id = i.id AND i.v1 >= ? AND i.v1 < ? AND i.v1 >= coalesce((SELECT b.v1 FROM soda_i_11 b WHERE b.v1 >= ? AND b.v1 < ? ORDER BY b.v1 DESC LIMIT 1 OFFSET ?), ?) ORDER BY i.v1 DESC, i.id LIMIT ? OFFSET ?
-- 1: "=m"
-- 2: "~"
-- 3: "=m"
-- 4: "~"
-- 5: 35
-- 6: ""
-- 7: 26
-- 8: 10
-- and the matcher
