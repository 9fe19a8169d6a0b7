UPDATE soda_c_7 SET rev = rev + 1, version = ?, modified = ?, bytes = ?, backslash = ?, media = ?, content = ? WHERE id = ? AND modified < ? AND (ords_counter(false) = ?)
-- 1: "v1"
-- 2: 1000
-- 3: 7
-- 4: 3
-- 5: NULL
-- 6: "{\"a\":1}"
-- 7: "k1"
-- 8: 1000
-- 9: 7
