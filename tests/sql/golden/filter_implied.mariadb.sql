SELECT id FROM t WHERE (`salary` > CAST(? AS DECIMAL(65,30)) AND `salary` < CAST(? AS DECIMAL(65,30))) ORDER BY id
-- 1: "5"
-- 2: "7"
