#include "kernels/build/line_table.h"

#include <algorithm>
#include <string>

#include "kernels/build/elf_file.h"

namespace coldforge::kernels {
namespace {

/// A bounded little-endian reader; past the end it yields zeros and `bad` is set.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}
  bool bad() const { return bad_; }
  bool at_end() const { return at_ >= bytes_.size(); }
  std::size_t position() const { return at_; }
  void seek(std::size_t position) { at_ = position; }

  std::uint64_t fixed(int bytes) {
    std::uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) value |= static_cast<std::uint64_t>(byte()) << 8 * i;
    return value;
  }
  std::uint8_t byte() {
    if (at_ >= bytes_.size()) {
      bad_ = true;
      return 0;
    }
    return static_cast<std::uint8_t>(bytes_[at_++]);
  }
  std::uint64_t unsigned_leb() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint8_t b = byte();
      value |= static_cast<std::uint64_t>(b & 127) << shift;
      if ((b & 128) == 0) break;
    }
    return value;
  }
  std::int64_t signed_leb() {
    std::int64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint8_t b = byte();
      value |= static_cast<std::int64_t>(static_cast<std::uint64_t>(b & 127) << shift);
      if ((b & 128) == 0) {
        if ((b & 64) != 0 && shift + 7 < 64) {
          value |= static_cast<std::int64_t>(~std::uint64_t{0} << (shift + 7));
        }
        break;
      }
    }
    return value;
  }
  std::string_view text() {
    const std::size_t begin = at_;
    while (byte() != 0) {
    }
    return bad_ ? std::string_view() : bytes_.substr(begin, at_ - begin - 1);
  }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool bad_ = false;
};

std::string_view string_at(std::string_view table, std::uint64_t offset) {
  if (offset >= table.size()) return {};
  const std::string_view rest = table.substr(static_cast<std::size_t>(offset));
  return rest.substr(0, rest.find('\0'));
}

bool is_kernel(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return path.substr(slash == std::string_view::npos ? 0 : slash + 1) == "kernel.cpp";
}

/// DWARF 5: a table of directories or files described by (content, form) pairs. Returns which
/// entries are kernel.cpp.
std::vector<bool> read_entries(Cursor& in, std::string_view strings,
                               std::string_view line_strings) {
  constexpr std::uint64_t kPath = 1;  // DW_LNCT_path
  struct Column {
    std::uint64_t content, form;
  };
  std::vector<Column> columns(in.byte());
  for (Column& column : columns) column = {in.unsigned_leb(), in.unsigned_leb()};
  std::vector<bool> kernel;
  const std::uint64_t count = in.unsigned_leb();
  for (std::uint64_t i = 0; i < count && !in.bad(); ++i) {
    bool found = false;
    for (const Column& column : columns) {
      std::string_view text;
      switch (column.form) {
        case 0x08:
          text = in.text();
          break;  // DW_FORM_string
        case 0x0e:
          text = string_at(strings, in.fixed(4));
          break;  // DW_FORM_strp
        case 0x1f:
          text = string_at(line_strings, in.fixed(4));
          break;  // DW_FORM_line_strp
        case 0x0b:
          in.fixed(1);
          break;  // DW_FORM_data1
        case 0x05:
          in.fixed(2);
          break;  // DW_FORM_data2
        case 0x06:
          in.fixed(4);
          break;  // DW_FORM_data4
        case 0x0f:
          in.unsigned_leb();
          break;  // DW_FORM_udata
        case 0x1e:
          in.fixed(8);
          in.fixed(8);
          break;  // DW_FORM_data16
        default:
          return {};  // nothing that our compiler writes
      }
      if (column.content == kPath) found = is_kernel(text);
    }
    kernel.push_back(found);
  }
  return kernel;
}

}  // namespace

LineTable::LineTable(std::string_view program) {
  const ElfFile file = read_elf(program);
  const auto bytes_of = [&](std::string_view name) {
    const ElfFile::Section* section = file.find(name);
    return section != nullptr ? section->bytes : std::string_view();
  };
  const std::string_view table = bytes_of(".debug_line");
  Cursor in(table);
  while (!in.at_end() && !in.bad()) {
    const std::uint64_t length = in.fixed(4);  // 32-bit DWARF only
    const std::size_t begin = in.position();
    if (length > table.size() - begin) break;
    const std::string_view unit = table.substr(begin, static_cast<std::size_t>(length));
    in.seek(begin + static_cast<std::size_t>(length));
    const std::uint64_t version = Cursor(unit).fixed(2);
    if (version >= 2 && version <= 5) {
      read_unit(unit, version == 5, bytes_of(".debug_str"), bytes_of(".debug_line_str"));
    }
  }
  std::stable_sort(rows_.begin(), rows_.end(),
                   [](const Row& a, const Row& b) { return a.address < b.address; });
}

void LineTable::read_unit(std::string_view unit, bool dwarf5, std::string_view strings,
                          std::string_view line_strings) {
  Cursor in(unit);
  const std::uint64_t version = in.fixed(2);
  if (dwarf5) in.fixed(2);  // address size, segment selector size
  const std::uint64_t header_length = in.fixed(4);
  const std::size_t program = in.position() + static_cast<std::size_t>(header_length);
  const unsigned least_instruction = in.byte();
  if (version >= 4) in.byte();  // operations per instruction
  in.byte();                    // default is_stmt
  const int line_base = static_cast<std::int8_t>(in.byte());
  const int line_range = in.byte();
  const int opcode_base = in.byte();
  if (line_range == 0 || opcode_base == 0) return;
  std::vector<int> lengths(static_cast<std::size_t>(opcode_base), 0);
  for (int i = 1; i < opcode_base; ++i) lengths[static_cast<std::size_t>(i)] = in.byte();

  std::vector<bool> kernel_file;
  if (dwarf5) {
    read_entries(in, strings, line_strings);  // directories
    kernel_file = read_entries(in, strings, line_strings);
  } else {
    while (!in.bad() && !in.text().empty()) {
    }
    kernel_file.push_back(false);  // numbered from 1
    for (;;) {
      const std::string_view name = in.text();
      if (name.empty()) break;
      for (int i = 0; i < 3; ++i) in.unsigned_leb();
      kernel_file.push_back(is_kernel(name));
    }
  }

  in.seek(program);
  std::uint32_t address = 0;
  std::uint64_t file = 1;
  int line = 1;
  bool discarded = false;  // the linker dropped the code: its sequence starts at address -1
  const auto emit = [&](bool end) {
    if (discarded) return;
    const bool ours = file < kernel_file.size() && kernel_file[static_cast<std::size_t>(file)];
    rows_.push_back({address, ours && !end ? line : 0});
  };
  while (!in.at_end() && !in.bad()) {
    const int opcode = in.byte();
    if (opcode >= opcode_base) {
      const int adjusted = opcode - opcode_base;
      address += static_cast<unsigned>(adjusted / line_range) * least_instruction;
      line += line_base + adjusted % line_range;
      emit(false);
      continue;
    }
    switch (opcode) {
      case 0: {  // extended
        const std::uint64_t length = in.unsigned_leb();
        const std::size_t next = in.position() + static_cast<std::size_t>(length);
        const int sub = in.byte();
        if (sub == 1) {  // DW_LNE_end_sequence
          emit(true);
          address = 0;
          file = 1;
          line = 1;
          discarded = false;
        } else if (sub == 2) {  // DW_LNE_set_address
          address = static_cast<std::uint32_t>(in.fixed(4));
          discarded = address >= 0xffff'fffe;
        }
        in.seek(next);
        break;
      }
      case 1:
        emit(false);
        break;  // copy
      case 2:
        address += static_cast<std::uint32_t>(in.unsigned_leb()) * least_instruction;
        break;
      case 3:
        line += static_cast<int>(in.signed_leb());
        break;
      case 4:
        file = in.unsigned_leb();
        break;
      case 8:
        address += static_cast<unsigned>((255 - opcode_base) / line_range) * least_instruction;
        break;
      case 9:
        address += static_cast<std::uint32_t>(in.fixed(2));
        break;
      default:
        for (int i = 0; i < lengths[static_cast<std::size_t>(opcode)]; ++i) in.unsigned_leb();
    }
  }
}

int LineTable::line_of(std::uint32_t pc) const {
  const auto after =
      std::upper_bound(rows_.begin(), rows_.end(), pc,
                       [](std::uint32_t value, const Row& row) { return value < row.address; });
  return after == rows_.begin() ? 0 : std::prev(after)->line;
}

}  // namespace coldforge::kernels
