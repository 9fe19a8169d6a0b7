SELECT id FROM t WHERE 1 = 1 ORDER BY ("salary" IS NULL) DESC, "salary" DESC, ("name" IS NULL), CAST("name" AS text) COLLATE "C", ("seen_us" IS NULL) DESC, "seen_us" DESC, id
