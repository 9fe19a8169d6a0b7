INSERT INTO soda_c_7(id, rev, version, created, modified, bytes, backslash, media, content) VALUES (?, CASE WHEN ((SELECT value FROM ords_state WHERE name = 'catalog' LOCK IN SHARE MODE) = ?) THEN 1 END, ?, ?, ?, ?, ?, ?, ?)
-- 1: "k1"
-- 2: 7
-- 3: "v1"
-- 4: 1000
-- 5: 1000
-- 6: 7
-- 7: 3
-- 8: NULL
-- 9: "{\"a\":1}"
