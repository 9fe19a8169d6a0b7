SELECT concat_ws(' ', c.rev, c.created, c.modified, c.bytes, c.version), c.id, CASE WHEN c.bytes <= 16384 THEN c.content END FROM soda_i_11 i STRAIGHT_JOIN soda_c_7 c WHERE c.id = i.id AND i.v1 >= coalesce((SELECT b.v1 FROM soda_i_11 b ORDER BY b.v1 DESC LIMIT 1 OFFSET ?), ?) ORDER BY i.v1 DESC, i.v2 DESC, i.id LIMIT ?
-- 1: 100
-- 2: ""
-- 3: 101
-- exact
