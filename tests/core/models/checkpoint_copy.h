#pragma once

#include <QTemporaryDir>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace golden {

/// A copy of a golden checkpoint whose files can be spoiled.
class CheckpointCopy {
  public:
    explicit CheckpointCopy(const std::string& name) {
        const auto source = std::filesystem::path(FUSIONSCOPE_SOURCE_DIR) / "tests/golden" / name;
        std::filesystem::copy(source, root(), std::filesystem::copy_options::recursive);
    }
    std::filesystem::path root() const { return std::filesystem::path(m_directory.path().toStdString()) / "checkpoint"; }
    std::filesystem::path operator/(const std::string& file) const { return root() / file; }

    void edit(const std::string& file, const std::function<void(nlohmann::json&)>& change) const {
        nlohmann::json json;
        std::ifstream(root() / file) >> json;
        change(json);
        std::ofstream(root() / file) << json;
    }
    void write(const std::string& file, const std::string& text) const { std::ofstream(root() / file) << text; }

  private:
    QTemporaryDir m_directory;
};

}  // namespace golden
