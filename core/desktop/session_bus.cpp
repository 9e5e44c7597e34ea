#include "core/desktop/session_bus.h"
