-- One request of the workload for wrk.  The environment: PART (W1 ... W9), STYLE (how the target is asked: cords, floor, peer),
-- BASE (path of the collection), KEYS (a file of keys and entity tags), AUTH, SEED.
--
-- Order number i has the number i and the user i / 10.  The first half of the orders is asked for, the second is replaced, and
-- what is inserted has numbers beyond: so answers stay what they were.
local part, style, base = os.getenv("PART"), os.getenv("STYLE"), os.getenv("BASE")
local keys, etags = {}, {}
for line in io.lines(os.getenv("KEYS")) do
  local k, e = line:match("(%S+)%s*(%S*)")
  keys[#keys + 1] = k
  etags[#etags + 1] = e
end
local half = math.floor(#keys / 2)
local template = io.open(os.getenv("ORDER")):read("a")
local auth = os.getenv("AUTH")
local get = { ["Authorization"] = auth }
local send = { ["Authorization"] = auth, ["Content-Type"] = "application/json" }
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number_of_thread", threads)
end

function init(args)
  math.randomseed(os.getenv("SEED") * 100 + number_of_thread)
end

local function order()
  local n = math.random(1e9, 2e9)
  return n, (template:gsub("@NUMBER@", n):gsub("@USER@", string.format("USER%08d", n)))
end

local function random_key()
  local s = ""
  for i = 1, 4 do s = s .. string.format("%08X", math.random(0, 0x7fffffff)) end
  return s
end

local function path(...)
  return table.concat({ base, ... }, "/")
end

local make = {}

function make.W1()
  local n, doc = order()
  if style == "floor" then return wrk.format("POST", path("insert", random_key(), string.format("USER%08d", n), n), send, doc) end
  return wrk.format("POST", base, send, doc)
end

function make.W2()
  local key = keys[math.random(half)]
  if style == "floor" then return wrk.format("GET", path("read", key), get) end
  return wrk.format("GET", path(key), get)
end

function make.W3()
  local i = math.random(half)
  if style == "floor" then return wrk.format("GET", path("version", keys[i]), get) end
  return wrk.format("GET", path(keys[i]), { ["Authorization"] = auth, ["If-None-Match"] = '"' .. etags[i] .. '"' })
end

function make.W4()
  local n, doc = order()
  local key = keys[math.random(half + 1, #keys)]
  if style == "floor" then return wrk.format("POST", path("replace", string.format("USER%08d", n), n, "-", key), send, doc) end
  return wrk.format("PUT", path(key), send, doc)
end

function make.W5()
  local user = string.format("USER%08d", math.random(0, math.floor(half / 10) - 1))
  if style == "floor" then return wrk.format("GET", path("equality", user), get) end
  if style == "peer" then return wrk.format("GET", base .. "?user=" .. user, get) end
  return wrk.format("POST", base .. "?action=query", send, '{"User":"' .. user .. '"}')
end

function make.W6()
  local from = math.random(0, half - 1000)
  if style == "floor" then return wrk.format("GET", path("range", from, from + 1000), get) end
  if style == "peer" then return wrk.format("GET", string.format("%s?from=%d&to=%d&limit=25", base, from, from + 1000), get) end
  return wrk.format("POST", base .. "?action=query&limit=25", send, string.format(
    '{"$query":{"PONumber":{"$gte":%d,"$lt":%d}},"$orderby":[{"path":"PONumber","datatype":"number","order":"desc"}]}', from, from + 1000))
end

function make.W7()
  local offset = 100 * math.random(0, 9)
  if style == "floor" then return wrk.format("GET", path("page", offset), get) end
  return wrk.format("GET", string.format("%s?limit=100&offset=%d", base, offset), get)
end

-- 100 different bodies, made once: making them anew would be the limit of wrk
local bulks = {}
function make.W8()
  local i = math.random(100)
  if bulks[i] == nil then
    local docs = {}
    for k = 1, 1000 do docs[k] = select(2, order()) end
    bulks[i] = wrk.format("POST", style == "peer" and base .. "/bulk" or base .. "?action=insert", send, "[" .. table.concat(docs, ",") .. "]")
  end
  return bulks[i]
end

function make.W9()
  local p = math.random(100)
  return p <= 80 and make.W2() or p <= 95 and make.W4() or make.W5()
end

-- the next key in the order of keys, so that each page begins where one could have ended
function make.keyset()
  return wrk.format("GET", string.format("%s?limit=100&fromID=%s", base, keys[math.random(half)]), get)
end

function make.constant()
  return wrk.format("GET", base, get)
end

request = make[part]

local wanted = part == "W3" and style ~= "floor" and 304
local bad = 0
response = function(status)
  if status >= 400 or wanted and status ~= wanted then
    bad = bad + 1
    if bad < 4 then print("status " .. status) end
  end
end

done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %.1f %.0f %.0f %d\n", summary.requests / (summary.duration / 1e6), latency:percentile(50), latency:percentile(99),
    e.status + e.read + e.connect + e.timeout))
end
