"""R-12: a member name that occurs twice, also when escapes hide it, is refused everywhere."""
import urllib.parse

import pytest

from lib import ANY_MEDIA

PAIRS = ['"a":1,"a":2', '"a":1,"\\u0061":2', '"\\u0061":1,"\\u0061":1', '"":1,"":1', '"é":1,"\\u00e9":2',
         '"\U0001f600":1,"\\ud83d\\ude00":1',
         '"b":[{"x":{"a":1,"a":1}}]', '"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"a":0']

PATCH = "application/json-patch+json"
MERGE = "application/merge-patch+json"


def everywhere(c, key, pair):
    """(name, method, path, body, type) of every request that takes JSON"""
    p = c.path
    quoted = urllib.parse.quote("{%s}" % pair)
    return [("post", "POST", p, "{%s}" % pair, None), ("put", "PUT", f"{p}/{key}", "{%s}" % pair, None),
            ("patch", "PATCH", f"{p}/{key}", '[{"op":"add","path":"/z","value":{%s}}]' % pair, PATCH),
            ("operation", "PATCH", f"{p}/{key}", '[{"op":"add","path":"/z","value":1,%s}]' % pair, PATCH),
            ("merge", "PATCH", f"{p}/{key}", "{%s}" % pair, MERGE),
            ("insert", "POST", f"{p}?action=insert", '[{"ok":1},{%s}]' % pair, None),
            ("query", "POST", f"{p}?action=query", "{%s}" % pair, None),
            ("q", "GET", f"{p}?q={quoted}", None, None),
            ("delete", "POST", f"{p}?action=delete", "{%s}" % pair, None),
            ("$query", "POST", f"{p}?action=update", '{"$query":{%s},"$merge":{"x":1}}' % pair, None),
            ("$merge", "POST", f"{p}?action=update", '{"$merge":{%s}}' % pair, None),
            ("$patch", "POST", f"{p}?action=update", '{"$patch":[{"op":"add","path":"/z","value":{%s}}]}' % pair, None),
            ("index", "POST", f"{p}?action=index", '{"name":"i","fields":[{"path":"n"}],"z":{%s}}' % pair, None),
            ("unindex", "POST", f"{p}?action=unindex", '{"name":"i",%s}' % pair, None),
            ("collection", "PUT", p, "{%s}" % pair, None)]


@pytest.mark.parametrize("pair", PAIRS)
def test_refused_everywhere(coll, pair):
    """R-12: and nothing is written"""
    key = coll.add('{"n":1}')
    before = coll.get().body
    for name, method, path, body, kind in everywhere(coll, key, pair):
        r = coll.soda.request(method, path, body, headers={"Content-Type": kind} if kind else None)
        assert r.status == 400, (name, r)
        assert coll.get().body == before, name
    # the specification of an index was not kept either
    assert coll.action("index", {"name": "i", "fields": [{"path": "n", "datatype": "number"}]}).status == 200


def test_other_media(make):
    c = make(ANY_MEDIA)
    assert c.soda.post(c.path, '{"a":1,"\\u0061":2}').status == 400
    assert c.soda.post(c.path, '{"a":1,"\\u0061":2}', headers={"Content-Type": "text/plain"}).status == 201


@pytest.mark.parametrize("body", ['{"keyColumn":{"name":"A"},"KEYCOLUMN":{"name":"B"}}', '{"readOnly":true,"readonly":true}',
                                  '{"keyColumn":{"name":"A","Name":"A"}}'])
def test_words_of_metadata(soda, body):
    """R-12: names of metadata are compared in either case, so these occur twice"""
    name = soda.fresh_name()
    assert soda.put(f"/{name}", body).status == 400
    assert soda.get(f"/{name}").status == 404


def test_names_that_differ(coll):
    """names are compared by their characters: none of these occurs twice"""
    text = '{"a":1,"A":2,"á":3,"a\u0301":4,"a ":5,"\\u0000":6,"":7,"\\ud800":8,"\\udc00":9,"ss":10,"ß":11}'
    assert coll.get(coll.add(text.encode())).body == text.encode()
    many = "{" + ",".join(f'"n{i}":{i}' for i in range(20000)) + "}"
    assert coll.get(coll.add(many)).body == many.encode()
    r = coll.soda.post(coll.path, many[:-1] + ',"n19999":0}')
    assert r.status == 400 and "n19999" in r.json["title"]


def test_allowed_by_setting(new_site):
    """R-12: with soda.allowDuplicateNames the last one counts, except where validation is STRICT"""
    site = new_site(workers=1, settings={"soda.allowDuplicateNames": "true"})
    c = site.soda().make()
    key = c.add('{"a":1,"a":2}')
    assert c.get(key).body == b'{"a":1,"a":2}'
    assert len(c.find({"a": 2})) == 1 and c.find({"a": 1}) == []
    assert c.patch(key, [{"op": "test", "path": "/a", "value": 2}]).status == 200
    strict = site.soda().make({"contentColumn": {"validation": "STRICT"}})
    assert strict.soda.post(strict.path, '{"a":1,"\\u0061":2}').status == 400
    assert strict.action("insert", '[{"a":1,"a":2}]').status == 400
    strict.soda.close()
    c.soda.close()
