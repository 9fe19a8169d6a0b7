SELECT id FROM t WHERE (`salary` > CAST(? AS DECIMAL(65,30)) AND `salary` <= CAST(? AS DECIMAL(65,30)) AND (`salary` <= CAST(? AS DECIMAL(65,30)) AND `salary` >= CAST(? AS DECIMAL(65,30)) AND `salary` <= CAST(? AS DECIMAL(65,30)) AND `salary` IS NOT NULL)) ORDER BY id
-- 1: "-1.5"
-- 2: "1000"
-- 3: "5"
-- 4: "1"
-- 5: "2"
