#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace coldforge {

/// The whole file. Throws UserError(path, "no such file" | "cannot be read: ...").
std::string read_file(const std::filesystem::path& path);

/// Writes beside, syncs, renames: readers see the old file or the new one, never half of either.
/// Creates missing folders. Throws InfrastructureError with the system's reason (disk full,
/// read-only); the old file then stands.
void write_file_atomic(const std::filesystem::path& path, std::string_view content);

/// Appends whole lines with one write and syncs; throws InfrastructureError, the file then cut back
/// to its old size.
void append_file(const std::filesystem::path& path, std::string_view content);

}  // namespace coldforge
