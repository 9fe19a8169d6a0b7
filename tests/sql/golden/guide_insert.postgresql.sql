INSERT INTO soda_g_14(id, parent, name, types, object, list, scalar) VALUES (?, ?, ?, ?, ?, ?, ?)
-- 1: 7
-- 2: 3
-- 3: "color"
-- 4: 8
-- 5: 0
-- 6: 0
-- 7: 4
