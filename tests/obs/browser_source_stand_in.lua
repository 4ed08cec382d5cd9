-- An input of kind "browser_source" for an OBS that has none (Debian's): the same settings, the same refresh button.
-- It draws nothing. What is done to it is written to a log, one line each, for the test to read.
local obs = obslua
local path = os.getenv("STAND_IN_LOG") or "stand_in.log"

local function note(line)
  local file = io.open(path, "a")
  if file then
    file:write(line, "\n")
    file:close()
  end
end

local kind = { id = "browser_source", type = obs.OBS_SOURCE_TYPE_INPUT }
kind.output_flags = bit.bor(obs.OBS_SOURCE_VIDEO, obs.OBS_SOURCE_CUSTOM_DRAW)
kind.get_name = function() return "Browser (stand-in)" end
kind.create = function(settings)
  return { url = obs.obs_data_get_string(settings, "url") }
end
kind.update = function(source, settings)
  source.url = obs.obs_data_get_string(settings, "url")
end
kind.destroy = function() end
kind.get_width = function() return 400 end
kind.get_height = function() return 200 end
kind.get_defaults = function(settings)
  obs.obs_data_set_default_string(settings, "url", "")
  obs.obs_data_set_default_bool(settings, "shutdown", false)
end
kind.get_properties = function(source)
  local found = obs.obs_properties_create()
  obs.obs_properties_add_text(found, "url", "URL", obs.OBS_TEXT_DEFAULT)
  obs.obs_properties_add_button(found, "refreshnocache", "Refresh", function()
    note("refresh " .. (source and source.url or ""))
    return false
  end)
  return found
end
obs.obs_register_source(kind)

function script_description() return "A stand-in for the browser source, for tests" end
