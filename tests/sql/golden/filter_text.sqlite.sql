SELECT id FROM t WHERE (CAST("name" AS TEXT) COLLATE BINARY = ? AND (CAST("name" AS TEXT) COLLATE BINARY <> ? OR CAST("name" AS TEXT) COLLATE BINARY GLOB ? OR instr(CAST("name" AS TEXT) COLLATE BINARY, ?) > 0 OR instr(CAST("name" AS TEXT) COLLATE BINARY, ?) = 0)) ORDER BY id
-- 1: "O'Brien"
-- 2: "%"
-- 3: "?[[][*][?]]*"
-- 4: "é"
-- 5: "😀"
