{
  # Release is what users run; Debug is the same addon under AddressSanitizer and UBSan (`npm run test:asan`).
  "target_defaults": {
    "default_configuration": "Release",
    "cflags_cc!": ["-std=gnu++17", "-fno-exceptions", "-fno-rtti"],
    "cflags": ["-fvisibility=hidden", "-fstack-protector-strong", "-fcf-protection"],
    "cflags_cc": [
      "-std=c++20", "-fno-exceptions", "-fno-rtti",
      "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wno-unused-parameter"
    ],
    "ldflags": ["-Wl,-z,relro,-z,now,-z,noexecstack", "-Wl,--version-script=<(module_root_dir)/native/exports.map"]
  },
  "targets": [
    {
      "target_name": "halfopen",
      "conditions": [
        ["OS=='linux'", {
          "sources": [
            "<!@(ls -1 native/binding/*.cc native/engine/*.cc native/client/*.cc native/common/*.cc 2>/dev/null)"
          ]
        }, { "type": "none" }]
      ],
      "include_dirs": ["native", "<!(node -p \"require('node-addon-api').include_dir\")"],
      # A thread that is being terminated takes no exception any more: without the third, the failed throw would end the process.
      "defines": ["NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS", "NAPI_VERSION=9", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "configurations": {
        "Release": {
          "cflags": ["-O2", "-fstack-clash-protection"],
          "defines": ["_FORTIFY_SOURCE=3", "_GLIBCXX_ASSERTIONS", "NDEBUG"]
        },
        "Debug": {
          "cflags": ["-O1", "-g", "-fno-omit-frame-pointer", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"],
          "ldflags": ["-fsanitize=address,undefined"]
        }
      }
    }
  ]
}
