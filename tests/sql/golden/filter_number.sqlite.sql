SELECT id FROM t WHERE (typeof("salary") IN ('integer', 'real') AND "salary" > CAST(? AS NUMERIC) AND typeof("salary") IN ('integer', 'real') AND "salary" <= CAST(? AS NUMERIC) AND (typeof("salary") IN ('integer', 'real') AND "salary" <= CAST(? AS NUMERIC) AND typeof("salary") IN ('integer', 'real') AND "salary" >= CAST(? AS NUMERIC) AND typeof("salary") IN ('integer', 'real') AND "salary" <= CAST(? AS NUMERIC) AND "salary" IS NOT NULL)) ORDER BY id
-- 1: "-1.5"
-- 2: "1000"
-- 3: "5"
-- 4: "1"
-- 5: "2"
