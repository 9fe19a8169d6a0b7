SELECT id FROM t WHERE (CONVERT(`name` USING utf8mb4) COLLATE utf8mb4_nopad_bin = ? AND (CONVERT(`name` USING utf8mb4) COLLATE utf8mb4_nopad_bin <> ? OR CONVERT(`name` USING utf8mb4) COLLATE utf8mb4_nopad_bin LIKE ? OR instr(CONVERT(`name` USING utf8mb4) COLLATE utf8mb4_nopad_bin, ?) > 0 OR instr(CONVERT(`name` USING utf8mb4) COLLATE utf8mb4_nopad_bin, ?) = 0)) ORDER BY id
-- 1: "O'Brien"
-- 2: "%"
-- 3: "_[*?]%"
-- 4: "é"
-- 5: "😀"
