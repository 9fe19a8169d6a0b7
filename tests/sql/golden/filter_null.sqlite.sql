SELECT id FROM t WHERE ("name" IS NULL AND "salary" IS NOT NULL AND "active" = 1) ORDER BY id
