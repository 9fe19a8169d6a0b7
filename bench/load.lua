-- One kind of request for wrk, by the environment: CASE, KEYS (a file of keys and entity tags), BASE (path of the collection),
-- GROUPS (how many values of "group" there are), PAD (a text for each document), AUTH.
local case = os.getenv("CASE")
local base = os.getenv("BASE")
local keys, etags = {}, {}
for line in io.lines(os.getenv("KEYS")) do
  local k, e = line:match("(%S+)%s*(%S*)")
  keys[#keys + 1] = k
  etags[#etags + 1] = e
end
local pad = os.getenv("PAD")
local h = { ["Authorization"] = os.getenv("AUTH"), ["Content-Type"] = "application/json" }
local bulk = {}
for i = 1, 1000 do bulk[i] = string.format('{"n":%d,"group":%d,"name":"bulk %d","pad":"%s"}', i, i % os.getenv("GROUPS"), i, pad) end
bulk = "[" .. table.concat(bulk, ",") .. "]"
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number_of_thread", threads)
end

function init(args)
  math.randomseed(1000 + number_of_thread)
end

request = function()
  local i = math.random(#keys)
  if case == "read" then return wrk.format("GET", base .. "/" .. keys[i], h) end
  if case == "hello" then return wrk.format("GET", "/hello", h) end
  if case == "conditional" then
    return wrk.format("GET", base .. "/" .. keys[i], { ["Authorization"] = h.Authorization, ["If-None-Match"] = '"' .. etags[i] .. '"' })
  end
  local doc = string.format('{"n":%d,"group":%d,"name":"user %d","pad":"%s"}', math.random(1e9), math.random(1e9), math.random(1e9), pad)
  if case == "insert" then return wrk.format("POST", base .. "/", h, doc) end
  if case == "replace" then return wrk.format("PUT", base .. "/" .. keys[i], h, doc) end
  if case == "equality" then return wrk.format("POST", base .. "?action=query", h, string.format('{"group":%d}', math.random(0, os.getenv("GROUPS") - 1))) end
  local query = base .. "?action=query&limit=10"
  local n = math.random(0, #keys - 11)
  if case == "range" then return wrk.format("POST", query, h, string.format('{"n":{"$gte":%d,"$lt":%d}}', n, n + 10)) end
  if case == "order" then
    return wrk.format("POST", query, h,
      string.format('{"$query":{"n":{"$gte":%d}},"$orderby":[{"path":"n","datatype":"number"}]}', n))
  end
  if case == "floor equality" then return wrk.format("GET", string.format("/query/equality/%d", math.random(0, os.getenv("GROUPS") - 1)), h) end
  if case == "floor range" then return wrk.format("GET", string.format("/query/range/%d/%d", n, n + 10), h) end
  if case == "floor order" then return wrk.format("GET", string.format("/query/order/%d", n), h) end
  if case == "page" then return wrk.format("GET", base .. "?limit=100&fromID=" .. keys[i], h) end
  if case == "bulk" then return wrk.format("POST", base .. "?action=insert", h, bulk) end
  error("unknown case " .. tostring(case))
end

local bad = 0
response = function(status) if status >= 400 then bad = bad + 1; if bad < 4 then print("status " .. status) end end end

done = function(summary, latency)
  io.write(string.format("RESULT %.1f %.0f %.0f %d\n", summary.requests / (summary.duration / 1e6), latency:percentile(50), latency:percentile(99),
    summary.errors.status + summary.errors.read + summary.errors.connect + summary.errors.timeout))
end
