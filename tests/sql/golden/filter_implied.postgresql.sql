SELECT id FROM t WHERE ("salary" > CAST(? AS numeric) AND "salary" < CAST(? AS numeric)) ORDER BY id
-- 1: "5"
-- 2: "7"
