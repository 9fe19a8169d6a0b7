CREATE TABLE "all" (
	"id" INTEGER PRIMARY KEY,
	"flag" BOOLEAN DEFAULT TRUE,
	"small" INTEGER,
	"mid" INTEGER NOT NULL DEFAULT -1,
	"huge" INTEGER,
	"price" DECIMAL(10,2) NOT NULL DEFAULT 0.00,
	"wide" TEXT,
	"any" NUMERIC,
	"f4" REAL,
	"f8" REAL,
	"code" TEXT NOT NULL DEFAULT 'it''s',
	"name" VARCHAR(40),
	"long" VARCHAR(20000),
	"iso" CHAR(2),
	"raw" BLOB DEFAULT x'00ff',
	"d" DATE DEFAULT CURRENT_DATE,
	"t" TIME,
	"ts" DATETIME DEFAULT CURRENT_TIMESTAMP,
	"tz" DATETIME,
	"doc" TEXT DEFAULT '{}',
	"uid" TEXT,
	"mood" TEXT,
	"other" TEXT,
	"twice" INTEGER,
	CONSTRAINT "all_u" UNIQUE ("code", "iso"),
	CONSTRAINT "simple" CHECK ("mid" > 0),
	CONSTRAINT "words" CHECK ("code" IN ('a')),
	CHECK ("mood" IN ('so''so', 'well')),
	CONSTRAINT "all_up" FOREIGN KEY ("mid") REFERENCES "parent" ("id") ON DELETE CASCADE
);
CREATE INDEX "all_plain" ON "all" ("long", "d" DESC);
CREATE UNIQUE INDEX "all_uniq" ON "all" ("uid");
CREATE INDEX "all_begin" ON "all" ("long");
CREATE UNIQUE INDEX "all_more" ON "all" ("code");
-- column all.wide: has more digits than a number of this engine; becomes a text: 
-- default of column all.name: is an expression of another engine: upper('x')
-- column all.other: has a type that other engines do not know; becomes a text: 
-- column all.twice: was generated; becomes a plain column with the values that it had: mid * 2
-- check odd of all: is an expression of another engine: length(name) > mid
-- index part of all: is partial, or an expression of another engine: index part (mid) where (mid > 3)
-- index expr of all: is partial, or an expression of another engine: index expr (lower(name))
-- index words of all: is a gin index, which only its engine has: index words USING gin (doc jsonb_path_ops) WITH (fastupdate=off)
-- index full of all: is a FULLTEXT index, which only its engine has: FULLTEXT index full (long)
-- index begin of all: is made over whole values, not over their beginnings: 
-- index more of all: is made plainly; it was USING btree (code text_pattern_ops) INCLUDE (name): 
-- constraint apart of all: excludes rows as only its engine can: EXCLUDE USING gist (other WITH &&) WHERE ((id > 0))
