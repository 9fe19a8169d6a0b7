/* tests/lib/plain_json.h - metadata of a collection whose keys come from clients */
#ifndef CORDS_TESTS_PLAIN_JSON_H
#define CORDS_TESTS_PLAIN_JSON_H

#define PLAIN_JSON "{\"schemaName\":\"DEMO\",\"tableName\":\"C\"," \
	"\"keyColumn\":{\"name\":\"ID\",\"sqlType\":\"VARCHAR2\",\"maxLength\":255,\"assignmentMethod\":\"CLIENT\"}," \
	"\"contentColumn\":{\"name\":\"JSON_DOCUMENT\",\"sqlType\":\"BLOB\",\"compress\":\"NONE\",\"cache\":true," \
	"\"encrypt\":\"NONE\",\"validation\":\"STANDARD\"}," \
	"\"versionColumn\":{\"name\":\"VERSION\",\"type\":\"String\",\"method\":\"UUID\"}," \
	"\"lastModifiedColumn\":{\"name\":\"LAST_MODIFIED\"},\"creationTimeColumn\":{\"name\":\"CREATED_ON\"}," \
	"\"readOnly\":false}"

#endif
