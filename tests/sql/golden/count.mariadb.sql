SELECT count(*) FROM soda_i_11 i STRAIGHT_JOIN soda_c_7 c WHERE c.id = i.id AND i.v1 = ? AND c.modified > ?
-- 1: "=red"
-- 2: 0
-- exact
