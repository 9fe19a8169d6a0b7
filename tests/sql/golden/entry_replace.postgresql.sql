UPDATE soda_i_11 SET v1 = ?, v2 = ?, nn = ? WHERE id = ?
-- 1: "=red"
-- 2: "~"
-- 3: 0
-- 4: "k1"
