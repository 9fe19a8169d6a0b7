SELECT id FROM t WHERE ("salary" < CAST(? AS numeric) OR CAST("name" AS text) COLLATE "C" = ? OR ("salary" > CAST(? AS numeric) AND "salary" <> CAST(? AS numeric))) ORDER BY id
-- 1: "5"
-- 2: "x"
-- 3: "7"
-- 4: "9"
