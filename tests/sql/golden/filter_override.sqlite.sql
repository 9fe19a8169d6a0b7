SELECT id FROM t WHERE (typeof("salary") IN ('integer', 'real') AND "salary" < CAST(? AS NUMERIC) OR CAST("name" AS TEXT) COLLATE BINARY = ? OR (typeof("salary") IN ('integer', 'real') AND "salary" > CAST(? AS NUMERIC) AND typeof("salary") IN ('integer', 'real') AND "salary" <> CAST(? AS NUMERIC))) ORDER BY id
-- 1: "5"
-- 2: "x"
-- 3: "7"
-- 4: "9"
