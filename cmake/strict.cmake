# One target carries the warnings and the strictness of Qt for every other.
add_library(stepwire_strict INTERFACE)
target_compile_options(stepwire_strict INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align
    -Wconversion -Wno-sign-conversion)
target_compile_definitions(stepwire_strict INTERFACE
    QT_NO_KEYWORDS QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_CAST_FROM_BYTEARRAY
    QT_NO_NARROWING_CONVERSIONS_IN_CONNECT QT_NO_CONTEXTLESS_CONNECT QT_NO_URL_CAST_FROM_STRING
    QT_DISABLE_DEPRECATED_BEFORE=0x060400)
target_include_directories(stepwire_strict INTERFACE ${PROJECT_SOURCE_DIR})

if(STEPWIRE_SANITIZE)
    # With instrumented code in between, GCC takes every std::optional for uninitialised.
    target_compile_options(stepwire_strict INTERFACE -Wno-maybe-uninitialized)
endif()
if(STEPWIRE_SANITIZE STREQUAL "address")
    target_compile_options(stepwire_strict INTERFACE -fsanitize=address,undefined -fno-omit-frame-pointer)
    target_link_options(stepwire_strict INTERFACE -fsanitize=address,undefined)
elseif(STEPWIRE_SANITIZE STREQUAL "thread")
    target_compile_options(stepwire_strict INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
    target_link_options(stepwire_strict INTERFACE -fsanitize=thread)
elseif(STEPWIRE_SANITIZE)
    message(FATAL_ERROR "STEPWIRE_SANITIZE is '${STEPWIRE_SANITIZE}' where 'address', 'thread' or nothing is expected")
endif()
if(STEPWIRE_FUZZ)
    target_compile_options(stepwire_strict INTERFACE -fsanitize=fuzzer-no-link,address,undefined)
    target_link_options(stepwire_strict INTERFACE -fsanitize=address,undefined)
endif()
