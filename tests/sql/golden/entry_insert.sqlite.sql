INSERT INTO soda_i_11(id, v1, v2) VALUES (?, ?, ?), (?, ?, ?)
-- 1: "k1"
-- 2: "=red"
-- 3: "~"
-- 4: "k2"
-- 5: "~"
-- 6: "~"
