CREATE TABLE "all" (
	"id" INTEGER PRIMARY KEY,
	"flag"  DEFAULT TRUE,
	"small" ,
	"mid"  NOT NULL DEFAULT -1,
	"huge" ,
	"price"  NOT NULL DEFAULT 0.00,
	"wide" ,
	"any" ,
	"f4" ,
	"f8" ,
	"code"  NOT NULL DEFAULT 'it''s',
	"name"  DEFAULT (upper('x')),
	"long" ,
	"iso" ,
	"raw"  DEFAULT x'00ff',
	"d"  DEFAULT CURRENT_DATE,
	"t" ,
	"ts"  DEFAULT CURRENT_TIMESTAMP,
	"tz" ,
	"doc"  DEFAULT '{}',
	"uid" ,
	"mood" ,
	"other" int4range,
	"twice"  GENERATED ALWAYS AS (mid * 2),
	CONSTRAINT "u" UNIQUE ("code", "iso"),
	CONSTRAINT "simple" CHECK (((mid > 0))),
	CONSTRAINT "words" CHECK ((CODE = ANY (ARRAY['a'::text]))),
	CONSTRAINT "odd" CHECK (length(name) > mid),
	CONSTRAINT "up" FOREIGN KEY ("mid") REFERENCES "parent" ("id") ON DELETE CASCADE
);
CREATE INDEX "plain" ON "all" ("long", "d" DESC);
CREATE INDEX "part" ON "all" ("mid") WHERE "mid" > 3;
CREATE INDEX "expr" ON "all" ((lower(name)));
CREATE UNIQUE INDEX "all_uniq" ON "all" ("uid");
CREATE INDEX "begin" ON "all" ("long");
CREATE UNIQUE INDEX "more" ON "all" ("code");
-- index words of all: is a gin index, of which not all is taken over: index words USING gin (doc jsonb_path_ops) WITH (fastupdate=off)
-- index full of all: is a FULLTEXT index, of which not all is taken over: FULLTEXT index full (long)
-- index more of all: is made plainly; it was USING btree (code text_pattern_ops) INCLUDE (name): 
-- constraint apart of all: excludes by what is not taken over: EXCLUDE USING gist (other WITH &&) WHERE ((id > 0))
