#!/bin/sh
# Unpacks Debian 12's packages of wallpapers below a folder, for evaluate.py: ./evaluation_photos.sh FOLDER
# Nothing is installed. For measuring only: no picture goes into the training or into the repository.
set -eu
folder=${1:?usage: ./evaluation_photos.sh FOLDER}
mkdir -p "$folder"
cd "$folder"
for package in gnome-backgrounds gnome-control-center-data lomiri-wallpapers-16.04 lomiri-wallpapers-20.04 \
  lxqt-themes mate-backgrounds palapeli-data plasma-workspace-wallpapers puzzle-jigsaw python3-sklearn \
  sddm-theme-maldives sway-backgrounds ukui-wallpapers; do
  apt-get download -q "$package"
  dpkg-deb -x "$package"_*.deb unpacked
  rm "$package"_*.deb
done
# Of these, only the folders that hold pictures.
mkdir -p photos
for pictures in backgrounds wallpapers lxqt/wallpapers palapeli/collection pixmaps/faces puzzle-jigsaw/samples \
  sddm/themes/maldives; do
  mkdir -p "photos/$pictures"
  mv "unpacked/usr/share/$pictures" "photos/$pictures/"
done
mv unpacked/usr/lib/python3/dist-packages/sklearn/datasets/images photos/sklearn
rm -r unpacked
