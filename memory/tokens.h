#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace coldforge::memory {

/// The tokens of C-like code or of prose: identifiers, numbers, string literals and single
/// punctuation characters, in order. Comments and white space are dropped. Takes any bytes; those
/// outside ASCII count as punctuation. They are views of `code`.
std::vector<std::string_view> tokens_of(std::string_view code);

/// The lower-case words an identifier is made of: "loadTile2d_async" gives load, tile, 2, d, async.
std::vector<std::string> sub_words_of(std::string_view identifier);

}  // namespace coldforge::memory
