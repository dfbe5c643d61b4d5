-- tasks.lua: the tasks of the Fusabi benchmark in Lua, also for LuaJIT (which has no integer division). A line a task: name, nanoseconds of CPU (median of five).
local clock = os.clock
local function task(name, times, work)
  work()
  local taken = {}
  for round = 1, 5 do
    local start = clock()
    for _ = 1, times do work() end
    taken[round] = (clock() - start) / times
  end
  table.sort(taken)
  print(string.format("%s %.1f", name, taken[3] * 1e9))
end

local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
task("fib25", 3, function() return fib(25) end)
task("fib30", 1, function() return fib(30) end)

local function map(f, list) local result = {} for i = 1, #list do result[i] = f(list[i]) end return result end
local function filter(p, list)
  local result = {}
  for i = 1, #list do if p(list[i]) then result[#result + 1] = list[i] end end
  return result
end
local function fold(f, sum, list) for i = 1, #list do sum = f(sum, list[i]) end return sum end
task("list10k", 20, function()
  local list = {}
  for i = 0, 9999 do list[#list + 1] = i end
  return fold(function(a, b) if a > b then return a else return b end end, 0,
    filter(function(x) return x % 2 == 0 end, map(function(x) return x * 3 end, list)))
end)
task("strbuild5k", 10, function() local s = "" for _ = 1, 5000 do s = s .. "x" end return #s end)
local step = 1
local function add(x) return x + step end
task("call100k", 10, function() local sum = 0 for _ = 1, 100000 do sum = add(sum) end return sum end)
local variants = { { "A", 1 }, { "B", 2 }, { "C" } }
local function pick(v) if v[1] == "A" then return v[2] + 1 elseif v[1] == "B" then return v[2] + 2 else return 3 end end
task("match100k", 10, function() local sum = 0 for i = 1, 100000 do sum = sum + pick(variants[i % 3 + 1]) end return sum end)
task("native100k", 10, function() local s, sum = "hello", 0 for _ = 1, 100000 do sum = sum + string.len(s) end return sum end)
task("countdown1m", 3, function() local n = 1000000 while n ~= 0 do n = n - 1 end return n end)
