SELECT id FROM t WHERE ("salary" > CAST(? AS numeric) AND "salary" <= CAST(? AS numeric) AND ("salary" <= CAST(? AS numeric) AND "salary" >= CAST(? AS numeric) AND "salary" <= CAST(? AS numeric) AND "salary" IS NOT NULL)) ORDER BY id
-- 1: "-1.5"
-- 2: "1000"
-- 3: "5"
-- 4: "1"
-- 5: "2"
