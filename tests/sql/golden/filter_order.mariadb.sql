SELECT id FROM t WHERE 1 = 1 ORDER BY (`salary` IS NULL) DESC, `salary` DESC, (`name` IS NULL), CONVERT(`name` USING utf8mb4) COLLATE utf8mb4_nopad_bin, (`seen_us` IS NULL) DESC, `seen_us` DESC, id
