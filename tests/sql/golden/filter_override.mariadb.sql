SELECT id FROM t WHERE (`salary` < CAST(? AS DECIMAL(65,30)) OR CONVERT(`name` USING utf8mb4) COLLATE utf8mb4_nopad_bin = ? OR (`salary` > CAST(? AS DECIMAL(65,30)) AND `salary` <> CAST(? AS DECIMAL(65,30)))) ORDER BY id
-- 1: "5"
-- 2: "x"
-- 3: "7"
-- 4: "9"
