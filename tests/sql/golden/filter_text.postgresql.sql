SELECT id FROM t WHERE (CAST("name" AS text) COLLATE "C" = ? AND (CAST("name" AS text) COLLATE "C" <> ? OR CAST("name" AS text) COLLATE "C" LIKE ? ESCAPE '' OR strpos(CAST("name" AS text) COLLATE "C", ?) > 0 OR strpos(CAST("name" AS text) COLLATE "C", ?) = 0)) ORDER BY id
-- 1: "O'Brien"
-- 2: "%"
-- 3: "_[*?]%"
-- 4: "é"
-- 5: "😀"
