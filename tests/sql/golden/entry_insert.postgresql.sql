INSERT INTO soda_i_11(id, v1, v2, nn) VALUES (?, ?, ?, ?), (?, ?, ?, ?)
-- 1: "k1"
-- 2: "=red"
-- 3: "~"
-- 4: 0
-- 5: "k2"
-- 6: "~"
-- 7: "~"
-- 8: NULL
