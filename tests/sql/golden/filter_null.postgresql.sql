SELECT id FROM t WHERE ("name" IS NULL AND "salary" IS NOT NULL AND "active" = true) ORDER BY id
