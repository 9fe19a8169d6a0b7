CREATE TABLE `hr`.`all` (
	`id`  NOT NULL AUTO_INCREMENT COMMENT 'counts; by ''itself''',
	`flag`  DEFAULT TRUE,
	`small` ,
	`mid`  NOT NULL DEFAULT -1,
	`huge` ,
	`price`  NOT NULL DEFAULT 0.00,
	`wide` ,
	`any` ,
	`f4` ,
	`f8` ,
	`code`  NOT NULL DEFAULT 'it''s',
	`name`  DEFAULT (upper('x')),
	`long` ,
	`iso` ,
	`raw`  DEFAULT x'00ff',
	`d`  DEFAULT (CURRENT_DATE),
	`t` ,
	`ts`  DEFAULT (CURRENT_TIMESTAMP(6)),
	`tz` ,
	`doc`  DEFAULT '{}',
	`uid` ,
	`mood` ,
	`other` int4range,
	`twice`  GENERATED ALWAYS AS (mid * 2) STORED,
	PRIMARY KEY (`id`),
	CONSTRAINT `simple` CHECK (((mid > 0))),
	CONSTRAINT `words` CHECK ((CODE = ANY (ARRAY['a'::text]))),
	CONSTRAINT `odd` CHECK (length(name) > mid)
) COMMENT 'everything';
CREATE INDEX `plain` ON `hr`.`all` (`long`(255), `d` DESC);
CREATE UNIQUE INDEX `all_uniq` ON `hr`.`all` (`uid`);
CREATE FULLTEXT INDEX `full` ON `hr`.`all` (`long`);
CREATE INDEX `begin` ON `hr`.`all` (`long`(10));
CREATE UNIQUE INDEX `more` ON `hr`.`all` (`code`);
ALTER TABLE `hr`.`all` ADD CONSTRAINT `u` UNIQUE (`code`, `iso`);
ALTER TABLE `hr`.`all` ADD CONSTRAINT `up` FOREIGN KEY (`mid`) REFERENCES `hr`.`parent` (`id`) ON DELETE CASCADE;
-- index part of all: holds an expression that is not taken over: index part (mid) where (mid > 3)
-- index expr of all: holds an expression that is not taken over: index expr (lower(name))
-- index words of all: is a gin index, of which not all is taken over: index words USING gin (doc jsonb_path_ops) WITH (fastupdate=off)
-- index more of all: is made plainly; it was USING btree (code text_pattern_ops) INCLUDE (name): 
-- constraint apart of all: excludes by what is not taken over: EXCLUDE USING gist (other WITH &&) WHERE ((id > 0))
