-- which collections keep each document in parsed form as well: by default, or because their content is declared as JSON
ALTER TABLE soda_collections @add_column@ parsed @int@ NOT NULL DEFAULT 0;
@has_parsed@;
