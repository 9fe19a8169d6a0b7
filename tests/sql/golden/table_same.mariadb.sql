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
ALTER TABLE `hr`.`all` ADD CONSTRAINT `u` UNIQUE (`code`, `iso`);
ALTER TABLE `hr`.`all` ADD CONSTRAINT `up` FOREIGN KEY (`mid`) REFERENCES `hr`.`parent` (`id`) ON DELETE CASCADE;
-- index part of all: holds an expression that is not taken over: index part (mid) where (mid > 3)
-- index expr of all: holds an expression that is not taken over: index expr (lower(name))
