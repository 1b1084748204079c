#pragma once

#include <filesystem>

#include "core/session/database.h"
#include "core/session/store.h"

namespace fusionscope::session {

/// Gives a damaged database, and the log beside it, another name that tells the time. @return the new name
std::filesystem::path setAside(const std::filesystem::path& file);
/// Whether a database that was set aside lies beside `file`.
bool hasSetAside(const std::filesystem::path& file);

/// Copies every row that SQLite can still read from the database that was set aside into a new, empty one, under the
/// same ids; what hung on rows that are lost is hung where it can be seen. Fills in what it counts.
void salvage(Damage& damage, Database& target);

}  // namespace fusionscope::session
