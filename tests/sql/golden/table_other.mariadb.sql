CREATE TABLE `hr`.`all` (
	`id` BIGINT NOT NULL AUTO_INCREMENT COMMENT 'counts; by ''itself''',
	`flag` BOOLEAN DEFAULT TRUE,
	`small` SMALLINT,
	`mid` INT NOT NULL DEFAULT -1,
	`huge` BIGINT UNSIGNED,
	`price` DECIMAL(10,2) NOT NULL DEFAULT 0.00,
	`wide` LONGTEXT,
	`any` DECIMAL(65,30),
	`f4` FLOAT,
	`f8` DOUBLE,
	`code` VARCHAR(255) NOT NULL DEFAULT 'it''s',
	`name` VARCHAR(40),
	`long` LONGTEXT,
	`iso` CHAR(2),
	`raw` LONGBLOB DEFAULT x'00ff',
	`d` DATE DEFAULT (CURRENT_DATE),
	`t` TIME(6),
	`ts` DATETIME(6) DEFAULT (CURRENT_TIMESTAMP(6)),
	`tz` DATETIME(6),
	`doc` JSON DEFAULT '{}',
	`uid` UUID,
	`mood` ENUM('so''so', 'well'),
	`other` LONGTEXT,
	`twice` INT,
	PRIMARY KEY (`id`),
	CONSTRAINT `simple` CHECK (`mid` > 0),
	CONSTRAINT `words` CHECK (`code` IN ('a'))
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin COMMENT 'everything';
CREATE INDEX `all_plain` ON `hr`.`all` (`long`(255), `d` DESC);
CREATE UNIQUE INDEX `all_uniq` ON `hr`.`all` (`uid`);
CREATE INDEX `all_begin` ON `hr`.`all` (`long`(255));
CREATE UNIQUE INDEX `all_more` ON `hr`.`all` (`code`);
ALTER TABLE `hr`.`all` ADD CONSTRAINT `all_u` UNIQUE (`code`, `iso`);
ALTER TABLE `hr`.`all` ADD CONSTRAINT `all_up` FOREIGN KEY (`mid`) REFERENCES `hr`.`parent` (`id`) ON DELETE CASCADE;
-- column all.wide: has more digits than a number of this engine; becomes a text: 
-- column all.any: has no precision; 35 digits before the point and 30 behind it are kept: 
-- default of column all.name: is an expression of another engine: upper('x')
-- column all.tz: has a time zone; becomes a time in UTC: 
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
