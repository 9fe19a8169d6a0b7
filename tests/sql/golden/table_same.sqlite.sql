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
